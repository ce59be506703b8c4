//! Recipes as TOML tables: what is changed in them, and what follows from that.

use anyhow::Result;
use toml::{Table, Value};

/// An assignment in TOML, or of a bare word, which a shell makes of one in quotes.
pub fn parse_assignment(assignment: &str) -> Result<Table> {
    let is_word = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || ['-', '_'].contains(&it))
    };
    let error = match assignment.parse() {
        Ok(table) => return Ok(table),
        Err(error) => error,
    };
    match assignment.split_once('=') {
        Some((field, value)) if is_word(value.trim()) => {
            Ok(format!("{field}=\"{}\"", value.trim()).parse()?)
        }
        _ => Err(error.into()),
    }
}

/// Sets the network's `n_mels` and `n_frames` to those of features and windows, unless `given` sets
/// them.
pub fn follow_features(recipe: &mut Table, given: &Table) {
    let value = |of: &str, name: &str| recipe.get(of)?.get(name).cloned();
    let sizes = [
        ("n_mels", value("features", "n_mels")),
        ("n_frames", value("windows", "n_frames")),
    ];
    let given = given.get("architecture").and_then(Value::as_table);
    let is_given = |name: &str| given.is_some_and(|given| given.contains_key(name));
    let Some(Value::Table(architecture)) = recipe.get_mut("architecture") else {
        return;
    };
    let follow = |network: &mut Table| {
        for (name, size) in &sizes {
            if let (Some(old), Some(size), false) = (network.get_mut(*name), size, is_given(name)) {
                *old = size.clone();
            }
        }
    };
    follow(architecture);
    if let Some(Value::Array(members)) = architecture.get_mut("members")
        && !is_given("members")
    {
        let members = members.iter_mut().filter_map(Value::as_table_mut);
        members.for_each(follow);
    }
}

/// Puts the values of `changes` into `table`, descending where both hold a table.
pub fn merge(table: &mut Table, changes: Table) {
    for (key, change) in changes {
        match (table.get_mut(&key), change) {
            (Some(Value::Table(inner)), Value::Table(change)) => merge(inner, change),
            // A whole number is meant where the field holds a fraction: 60 for 60.0.
            (Some(Value::Float(old)), Value::Integer(new)) => *old = new as f64,
            (_, change) => {
                table.insert(key, change);
            }
        }
    }
}

/// The assignments that make `from` into `to`, where both have the same fields.
pub fn difference(from: &Table, to: &Table, path: &str, changes: &mut Vec<String>) {
    for (key, new) in to {
        match (from.get(key), new) {
            (Some(Value::Table(old)), Value::Table(new)) => {
                difference(old, new, &format!("{path}{key}."), changes);
            }
            (Some(old), new) if old == new => {}
            (_, new) => changes.push(assignment(path, key, new)),
        }
    }
}

/// An assignment for every field.
pub fn assignments(table: &Table, path: &str, found: &mut Vec<String>) {
    for (key, value) in table {
        match value {
            Value::Table(inner) => assignments(inner, &format!("{path}{key}."), found),
            value => found.push(assignment(path, key, value)),
        }
    }
}

fn assignment(path: &str, key: &str, value: &Value) -> String {
    match value {
        // As short as a value of single precision can be written: 0.2, not 0.20000000298023224.
        Value::Float(double) if f64::from(*double as f32) == *double => {
            format!("{path}{key}={:?}", *double as f32)
        }
        value => format!("{path}{key}={value}"),
    }
}
