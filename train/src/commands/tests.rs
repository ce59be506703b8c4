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
            let (id, of) = (argument.get_id(), command.get_name());
            assert!(argument.get_help().is_some(), "{id} of {of}");
            let name = match (argument.get_long(), argument.get_value_names()) {
                (Some(long), _) => format!("--{long}"),
                (None, names) => names.map_or(String::new(), |names| names[0].to_string()),
            };
            assert!(help.contains(&name), "{name} of {of}");
        }
    }
}

#[test]
fn the_options_of_the_recipe_stand_together_and_no_others_with_them() {
    let is_of_both = |it: &clap::Command| ["fit", "crossval"].contains(&it.get_name());
    for command in commands().into_iter().filter(is_of_both) {
        let arguments = command.get_arguments();
        let of_recipe = arguments.filter(|it| it.get_help_heading() == Some("Recipe"));
        let names: Vec<&str> = of_recipe.map(|it| it.get_id().as_str()).collect();
        let expected = "network recipe set epochs batch_size learning_rate";
        assert_eq!(names.join(" "), expected, "{}", command.get_name());
    }
}

/// The examples are valid usage.
#[test]
fn every_command_has_examples_and_they_are_right_usage() {
    for command in commands() {
        let examples = command.get_after_help().map(ToString::to_string);
        check(&examples.unwrap_or_default(), command.get_name());
    }
    check(HELP, "fit");
}

fn check(examples: &str, name: &str) {
    let mut own = 0;
    for line in examples.lines().filter(|line| line.starts_with("  ")) {
        let line = line.split(['#', '>']).next().unwrap_or_default();
        let commands = line
            .split('|')
            .filter(|part| part.trim().starts_with("train "));
        for part in commands {
            let words: Vec<&str> = part.split_whitespace().collect();
            own += usize::from(words[1] == name);
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("{part}: {error}");
            }
        }
    }
    assert!(own > 0, "no example of {name}");
}
