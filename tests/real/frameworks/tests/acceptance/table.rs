//! Scenario by framework, as text.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hardtack_frameworks::servers::Framework;

use crate::panics;
use crate::site::Verdict;

pub enum Cell {
    Went(Verdict),
    Failed(String),
}

impl Cell {
    pub fn of(scenario: impl FnOnce() -> Verdict) -> Self {
        match catch_unwind(AssertUnwindSafe(scenario)) {
            Ok(verdict) => Self::Went(verdict),
            Err(_) => Self::Failed(panics::take_last()),
        }
    }
}

pub struct Table {
    frameworks: Vec<String>,
    scenarios: Vec<&'static str>,
    /// Framework by framework.
    cells: Vec<Cell>,
}

impl Table {
    pub fn new(frameworks: &[&Framework], scenarios: &[&'static str]) -> Self {
        let titles = frameworks.iter().map(|one| format!("{} ({})", one.name, one.feature));
        Self { frameworks: titles.collect(), scenarios: scenarios.to_vec(), cells: Vec::new() }
    }

    pub fn push(&mut self, scenario: &str, cell: Cell) {
        let at = self.cells.len();
        assert_eq!(self.scenarios[at % self.scenarios.len()], scenario, "cells come in order");
        if let Cell::Failed(why) = &cell {
            println!("FAILED {}, {scenario}: {why}", self.frameworks[at / self.scenarios.len()]);
        }
        self.cells.push(cell);
    }

    pub fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Whether every cell was filled and none failed.
    pub fn holds(&self) -> bool {
        self.cells.len() == self.frameworks.len() * self.scenarios.len()
            && self.cells.iter().all(|cell| matches!(cell, Cell::Went(_)))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.scenarios.iter().map(|name| name.len()).max().unwrap_or(0);
        let mut notes: Vec<&str> = Vec::new();
        write!(f, "\n{:first$}", "")?;
        self.frameworks.iter().try_for_each(|name| write!(f, " | {name}"))?;
        write!(f, "\n{:-<first$}", "")?;
        self.frameworks.iter().try_for_each(|name| write!(f, "-|-{:-<w$}", "", w = name.len()))?;
        for (row, scenario) in self.scenarios.iter().enumerate() {
            write!(f, "\n{scenario:first$}")?;
            for (column, framework) in self.frameworks.iter().enumerate() {
                let cell = &self.cells[column * self.scenarios.len() + row];
                let text = match cell {
                    Cell::Went(Verdict::Held) => "ok".to_owned(),
                    Cell::Went(Verdict::HeldWith(why)) => format!("ok [{}]", note(&mut notes, why)),
                    Cell::Went(Verdict::NotApplicable(why)) => {
                        format!("n/a [{}]", note(&mut notes, why))
                    }
                    Cell::Failed(_) => "FAILED".to_owned(),
                };
                write!(f, " | {text:w$}", w = framework.len())?;
            }
        }
        for (at, why) in notes.iter().enumerate() {
            write!(f, "\n[{}] {why}", at + 1)?;
        }
        Ok(())
    }
}

/// The number of a footnote.
fn note<'n>(notes: &mut Vec<&'n str>, why: &'n str) -> usize {
    let at = notes.iter().position(|note| *note == why).unwrap_or_else(|| {
        notes.push(why);
        notes.len() - 1
    });
    at + 1
}
