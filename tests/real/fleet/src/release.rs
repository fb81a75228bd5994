//! Which program a node runs, in words of its command line.

/// What becomes of a visitor without a session.
#[derive(Clone, Copy)]
pub enum Site {
    /// A 401.
    Members,
    /// `get_or_start` everywhere: a session.
    Guests,
}

/// Which shape a session has, and which other one is read.
#[derive(Clone, Copy)]
pub enum Release {
    Before,
    /// Writes what `Before` writes, and reads what `After` does.
    ReadsNewer,
    /// Reads what the others write.
    After,
}

impl Site {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Guests => "guests",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        [Self::Members, Self::Guests].into_iter().find(|site| site.word() == word)
    }
}

impl Release {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::ReadsNewer => "reads-newer",
            Self::After => "after",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::Before, Self::ReadsNewer, Self::After];
        all.into_iter().find(|release| release.word() == word)
    }
}
