//! The command line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use hardtack::keys::{RingPath, RotationPolicy};
use hardtack::{SetupError, Timestamp};

use crate::when::when;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the answer is no: a token is refused, `ring check` warns, `ring diff` finds a difference
  2  the command line is wrong
  3  the ring, a key or the input cannot be used
  4  somebody was first: a rotation is under way, the file exists or is locked

Keys and tokens come from files, standard input or the environment, never from arguments.";

/// Keys, key rings and tokens of hardtack, sessions that live in the cookie
#[derive(Parser)]
#[command(version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Arguments {
    /// Print one JSON value instead of text, also for errors
    #[arg(long, global = true)]
    pub json: bool,
    #[command(flatten)]
    pub access: Access,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Args, Clone, Copy)]
pub struct Access {
    /// Use a ring file that its group may read (Kubernetes secrets with fsGroup): every process in the group can forge sessions
    #[arg(long, global = true)]
    danger_group_readable: bool,
    /// Use a ring file that everybody may read: every process on the machine can forge sessions
    #[arg(long, global = true)]
    danger_world_readable: bool,
}

impl Access {
    pub fn to(self, path: &Path) -> RingPath {
        let path = RingPath::new(path);
        match (self.danger_world_readable, self.danger_group_readable) {
            (true, _) => path.danger_world_readable(),
            (false, true) => path.danger_group_readable(),
            (false, false) => path,
        }
    }
}

#[derive(Subcommand)]
pub enum Command {
    /// Make keys
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Make, change and check the ring file that the nodes of a fleet share
    Ring {
        #[command(subcommand)]
        command: RingCommand,
    },
    /// Show what the token on standard input reveals without a key: mode, key id, epoch, sizes. None of it is authenticated
    Inspect(Inspect),
    /// Open the token on standard input and print its claims and payload. Only the token's own end counts; your application may
    /// refuse it earlier
    Open(Open),
    /// Seal standard input into a token, for tests
    Seal(Seal),
    /// Print a completion script for a shell
    Completion { shell: Shell },
}

#[derive(Subcommand)]
pub enum KeyCommand {
    /// Print a new key: a secret
    New,
}

#[derive(Subcommand)]
pub enum RingCommand {
    /// Make a ring file with one new key, which seals at once
    Init {
        file: PathBuf,
        /// Take the key from standard input, as `key new` prints it
        #[arg(long)]
        stdin: bool,
        #[command(flatten)]
        stray: Stray,
        #[command(flatten)]
        policy: Policy,
    },
    /// List the keys: id, dates, and what each does now. Shows no secret
    List { file: PathBuf },
    /// Compare ring files, or what `ring list --json` printed on a node, with the first file. Shows ids and dates, no secret
    ///
    /// Exits with code 1 unless all are the same. `-` is standard input: `ssh node hardtack ring list --json FILE | hardtack ring
    /// diff MASTER -`.
    Diff {
        /// The file to compare the others with, usually the master
        file: PathBuf,
        /// Ring files, output of `ring list --json`, or `-`
        #[arg(required = true)]
        others: Vec<PathBuf>,
    },
    /// Show the rotation policy in the file, or change the settings that you give
    Policy {
        file: PathBuf,
        #[command(flatten)]
        policy: Policy,
    },
    /// Publish a new key, give the current one an end, and say when each node must have the file
    ///
    /// If two rotations run at once, one wins; the other exits with code 4, and no key is lost.
    Rotate {
        file: PathBuf,
        /// Let the new key seal at once, because the current one has leaked. The price: until a node has read the file, it
        /// refuses the sessions that others have sealed since
        #[arg(long)]
        now: bool,
        /// Do nothing unless the current key's lifetime is about to end: for a daily job
        #[arg(long, conflicts_with = "now")]
        if_due: bool,
        #[command(flatten)]
        policy: Misplaced,
    },
    /// Let the newest key seal later, because a node does not have it yet. It keeps opening, and the key before it seals in the
    /// meantime
    Postpone {
        file: PathBuf,
        /// When it starts to seal: a date like 2030-01-31T12:00:00Z, or 'in 3 days' [default: an activation from now]
        #[arg(long, value_parser = when, value_name = "WHEN")]
        until: Option<Timestamp>,
    },
    /// Let a key open again that was removed or ended too early. It does not seal
    Restore {
        file: PathBuf,
        /// The key's id
        #[arg(long, value_name = "ID")]
        key: String,
        /// A copy of the ring that still has the key, from a node or a backup. Leave it out if FILE still has the key
        #[arg(long, value_name = "COPY")]
        from: Option<PathBuf>,
    },
    /// Add an existing key, from a backup or another system. It opens, but does not seal unless you say from when
    Add {
        file: PathBuf,
        /// Take the key from standard input, as `key new` prints it
        #[arg(long, required = true)]
        stdin: bool,
        /// When it starts to seal: a date like 2030-01-31T12:00:00Z, or 'in 3 days'
        #[arg(long, value_parser = when, value_name = "WHEN")]
        seal_from: Option<Timestamp>,
        #[command(flatten)]
        stray: Stray,
    },
    /// Remove the keys that no longer open anything
    Retire {
        file: PathBuf,
        /// Remove this key instead, because it has leaked. The price: all sessions sealed under it end
        #[arg(long, value_name = "ID")]
        key: Option<String>,
        #[command(flatten)]
        policy: Misplaced,
    },
    /// Warn, with code 1, about an overdue key, a missing successor, an end that comes too early, or a file that others may read
    Check {
        file: PathBuf,
        #[command(flatten)]
        policy: Misplaced,
    },
}

/// Settings of the rotation policy, which the file keeps. A time is a number with s, m, h or d.
#[derive(Args)]
#[group(skip)]
pub struct Policy {
    /// How long a new key waits on the nodes before it seals [default: 24h]
    #[arg(long, value_parser = duration, value_name = "TIME")]
    activation: Option<Duration>,
    /// The longest time until a node has read a changed file, including its way there [default: 60s]
    #[arg(long, value_parser = duration, value_name = "TIME")]
    reload: Option<Duration>,
    /// How long a key seals [default: 30d]
    #[arg(long, value_parser = duration, value_name = "TIME")]
    lifetime: Option<Duration>,
    /// The longest idle timeout of any session under this ring [default: 14d]
    #[arg(long, value_parser = duration, value_name = "TIME")]
    idle: Option<Duration>,
    /// How far the nodes' clocks may differ [default: 60s]
    #[arg(long, value_parser = duration, value_name = "TIME")]
    leeway: Option<Duration>,
}

impl Policy {
    /// Returns the `present` policy with the given settings changed.
    pub fn over(&self, present: RotationPolicy) -> Result<RotationPolicy, SetupError> {
        present
            .to_builder()
            .activation(self.activation.unwrap_or(present.activation()))
            .reload(self.reload.unwrap_or(present.reload()))
            .lifetime(self.lifetime.unwrap_or(present.lifetime()))
            .longest_idle(self.idle.unwrap_or(present.longest_idle()))
            .leeway(self.leeway.unwrap_or(present.leeway()))
            .build()
    }

    pub fn is_empty(&self) -> bool {
        let Self { activation, reload, lifetime, idle, leeway } = self;
        [activation, reload, lifetime, idle, leeway].into_iter().all(Option::is_none)
    }
}

/// Policy settings given to a command that takes them from the file. They are parsed only to be refused, naming the command that
/// sets them.
#[derive(Args)]
#[group(skip)]
pub struct Misplaced {
    #[arg(long, hide = true)]
    activation: Option<String>,
    #[arg(long, hide = true)]
    reload: Option<String>,
    #[arg(long, hide = true)]
    lifetime: Option<String>,
    #[arg(long, hide = true)]
    idle: Option<String>,
    #[arg(long, hide = true)]
    leeway: Option<String>,
}

impl Misplaced {
    /// Returns the name of the first one that was given.
    pub fn first(&self) -> Option<&'static str> {
        let Self { activation, reload, lifetime, idle, leeway } = self;
        let given = [activation, reload, lifetime, idle, leeway].map(Option::is_some);
        let names = ["activation", "reload", "lifetime", "idle", "leeway"];
        names.into_iter().zip(given).find(|(_, given)| *given).map(|(name, _)| name)
    }
}

#[derive(Args)]
pub struct Inspect {
    #[command(flatten)]
    pub stray: Stray,
}

/// Words in a place where people might put a secret. They are parsed only to be refused without repeating them, as clap would.
#[derive(Args)]
pub struct Stray {
    #[arg(hide = true)]
    pub words: Vec<String>,
}

/// Which key to use, and for what.
#[derive(Args)]
pub struct Keys {
    /// The ring file
    #[arg(long, value_name = "FILE", required_unless_present = "ring_env")]
    pub ring: Option<PathBuf>,
    /// The environment variable that holds the keys; the first one seals
    #[arg(long, value_name = "VARIABLE", conflicts_with = "ring")]
    pub ring_env: Option<String>,
    /// The application's name
    #[arg(long)]
    pub app: String,
    /// The cookie's name [default: `__Host-` and the application's name]
    #[arg(long)]
    pub name: Option<String>,
    /// The use, for a token that is not a cookie
    #[arg(long = "use", value_name = "USE", conflicts_with = "name")]
    pub use_: Option<String>,
    /// The time to assume instead of now: a date like 2030-01-31T12:00:00Z, '3 days ago', or seconds since 1970
    #[arg(long, value_parser = when, value_name = "WHEN")]
    pub at: Option<Timestamp>,
}

#[derive(Args)]
pub struct Open {
    #[command(flatten)]
    pub stray: Stray,
    #[command(flatten)]
    pub keys: Keys,
}

#[derive(Args)]
pub struct Seal {
    #[command(flatten)]
    pub keys: Keys,
    /// Sign instead of encrypting
    #[arg(long)]
    pub signed: bool,
    /// A remembered session instead of a standard one
    #[arg(long)]
    pub remembered: bool,
    /// The number of the payload's shape
    #[arg(long, default_value_t = 0)]
    pub schema: u32,
    /// How long it lasts without being used
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "30m")]
    pub idle: Duration,
}

fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((number, "s")) => (number, 1),
        Some((number, "m")) => (number, 60),
        Some((number, "h")) => (number, 3600),
        Some((number, "d")) => (number, 86_400),
        _ => ("", 0),
    };
    let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    seconds.map(Duration::from_secs).ok_or_else(|| "a number and s, m, h or d, like 24h".to_owned())
}
