//! `--help`, held against the options themselves.

#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

use super::*;

fn commands() -> Vec<clap::Command> {
    let mut cli = Cli::command();
    cli.build();
    let commands = cli.get_subcommands().cloned();
    commands.filter(|it| it.get_name() != "help").collect()
}

#[test]
fn help_names_and_explains_every_option() {
    for mut command in commands() {
        let help = command.render_long_help().to_string();
        for argument in command.get_arguments() {
            let id = argument.get_id();
            assert!(
                argument.get_help().is_some(),
                "{id} of {}",
                command.get_name()
            );
            let name = match argument.get_long() {
                Some(long) => format!("--{long}"),
                None => argument
                    .get_value_names()
                    .map_or(String::new(), |it| it[0].to_string()),
            };
            assert!(help.contains(&name), "{name} of {}", command.get_name());
        }
    }
}

#[test]
fn the_options_of_the_recipe_stand_together_and_no_others_with_them() {
    let is_of_both = |it: &clap::Command| ["fit", "crossval"].contains(&it.get_name());
    for command in commands().into_iter().filter(is_of_both) {
        let arguments = command.get_arguments();
        let of_recipe = arguments.filter(|it| it.get_help_heading() == Some("Recipe"));
        assert_eq!(
            of_recipe.map(|it| it.get_id().as_str()).collect::<Vec<_>>(),
            [
                "network",
                "recipe",
                "set",
                "epochs",
                "batch_size",
                "learning_rate"
            ],
            "{}",
            command.get_name()
        );
    }
}

/// The examples are valid usage.
#[test]
fn every_command_has_examples_and_they_are_right_usage() {
    for command in commands() {
        let examples = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        check(&examples, command.get_name());
    }
    check(HELP, "fit");
}

fn check(examples: &str, name: &str) {
    let mut own = 0;
    for line in examples.lines().filter(|line| line.starts_with("  ")) {
        let line = line.split(['#', '>']).next().unwrap_or_default();
        for part in line
            .split('|')
            .filter(|part| part.trim().starts_with("train "))
        {
            let words: Vec<&str> = part.split_whitespace().collect();
            own += usize::from(words[1] == name);
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("{part}: {error}");
            }
        }
    }
    assert!(own > 0, "no example of {name}");
}
