//! Seconds since 1970, and the only trait that reads a clock.
//!
//! Everything below the outermost wrappers takes `now` as an argument.

use std::fmt;
use std::ops::Add;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::format_description::well_known::Rfc3339;
#[cfg(feature = "ring-file")]
use time::{Date, Month};
use time::{OffsetDateTime, UtcOffset};

/// One minute, for writing timeouts: `30 * MINUTE`.
pub const MINUTE: Duration = Duration::from_secs(60);
/// One hour.
pub const HOUR: Duration = Duration::from_secs(60 * 60);
/// One day of 24 hours.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Makes the moment `seconds` after 1970-01-01T00:00:00Z.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z.
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// Returns the system clock's current second. For a clock before 1970 see
    /// [`From<SystemTime>`](#impl-From<SystemTime>-for-Timestamp).
    ///
    /// On `wasm32-unknown-unknown` this is JavaScript's `Date.now()`, with the feature `js`. Without the feature there is no clock to
    /// read: the call panics there, as [`SystemTime::now`] does.
    #[cfg(not(all(feature = "js", target_family = "wasm", target_os = "unknown")))]
    #[expect(clippy::disallowed_methods, reason = "here the clock is read")]
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// The second of JavaScript's `Date.now()`.
    #[cfg(all(feature = "js", target_family = "wasm", target_os = "unknown"))]
    pub fn now() -> Self {
        // The conversion saturates: a clock before 1970 reads as second 0 here too.
        Self((js_sys::Date::now() / 1000.0) as u64)
    }
}

/// A clock set before 1970 reads as second 0. Every session sealed since is *not yet valid* then: it fails closed.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()))
    }
}

/// A date before 1970 reads as second 0, as with [`SystemTime`].
impl From<OffsetDateTime> for Timestamp {
    fn from(date: OffsetDateTime) -> Self {
        Self(u64::try_from(date.unix_timestamp()).unwrap_or(0))
    }
}

/// Fails after the year 9999, where `time`'s dates end.
impl TryFrom<Timestamp> for OffsetDateTime {
    type Error = time::error::ComponentRange;

    fn try_from(timestamp: Timestamp) -> Result<Self, Self::Error> {
        OffsetDateTime::from_unix_timestamp(i64::try_from(timestamp.0).unwrap_or(i64::MAX))
    }
}

/// Adds whole seconds. The end of time is `u64::MAX`: it never wraps.
impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()))
    }
}

/// Prints the date in RFC 3339 form, `2030-01-31T12:00:00Z`. RFC 3339 ends with the year 9999: a later moment prints as the last
/// second of that year.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = || time::PrimitiveDateTime::MAX.assume_utc();
        let date = OffsetDateTime::try_from(*self).unwrap_or_else(|_| last());
        let (hour, minute, second) = date.to_hms();
        let (year, month, day) = date.to_calendar_date();
        let month = u8::from(month);
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        f.pad(&text)
    }
}

/// The error for a text that is not an RFC 3339 date, or is before 1970 or after 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseTimestampError(());

impl fmt::Display for ParseTimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write a date as in RFC 3339: 2030-01-31T12:00:00Z")
    }
}

impl std::error::Error for ParseTimestampError {}

/// Parses an RFC 3339 date, `2030-01-31T12:00:00Z` or with another offset. Drops fractions of a second.
impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        let date = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| ParseTimestampError(()))?;
        Self::from_date(date).ok_or(ParseTimestampError(()))
    }
}

impl Timestamp {
    /// Makes the second of a date with month, day, hour, minute, second and an offset in minutes. `None` if it is not in the
    /// calendar, is before 1970, or its year in UTC is past 9999, which we could not print again.
    #[cfg(feature = "ring-file")]
    pub(crate) fn from_civil(year: i32, parts: [u8; 5], offset: i32) -> Option<Self> {
        let [month, day, hour, minute, second] = parts;
        let offset = UtcOffset::from_whole_seconds(offset * 60).ok()?;
        let day = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
        Self::from_date(day.with_hms(hour, minute, second).ok()?.assume_offset(offset))
    }

    fn from_date(date: OffsetDateTime) -> Option<Self> {
        let date = date.checked_to_offset(UtcOffset::UTC)?;
        (date.unix_timestamp() >= 0).then(|| date.into())
    }
}

/// Where the outermost layer reads the time.
pub trait Clock: Send + Sync + 'static {
    /// Returns the current time.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock, the default everywhere; with the feature `js`, JavaScript's.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "here the clock is read")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(target_os = "unknown", ignore = "no time before 1970 there")]
    fn a_clock_before_1970_reads_zero() {
        let before = UNIX_EPOCH - Duration::from_secs(5);
        assert_eq!(Timestamp::from(before), Timestamp::from_secs(0));
        let date = OffsetDateTime::from_unix_timestamp(-1).unwrap();
        assert_eq!(Timestamp::from(date), Timestamp::from_secs(0));
    }

    #[test]
    #[cfg_attr(target_os = "unknown", ignore = "no SystemTime there")]
    fn every_clock_of_the_system_reads_its_seconds() {
        let seconds = || UNIX_EPOCH.elapsed().unwrap().as_secs();
        let before = seconds();
        let read = [
            Timestamp::now(),
            Timestamp::from(SystemTime::now()),
            SystemClock.now(),
            std::sync::Arc::new(SystemClock).now(),
        ];
        let after = seconds();
        assert!(read.iter().all(|now| (before..=after).contains(&now.as_secs())), "{read:?}");
    }

    #[test]
    fn dates_go_there_and_back_until_the_year_9999() {
        let date = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        let timestamp = Timestamp::from(date);
        assert_eq!(timestamp.as_secs(), 1_800_000_000);
        assert_eq!(timestamp.to_string(), "2027-01-15T08:00:00Z");
        assert_eq!(OffsetDateTime::try_from(timestamp), Ok(date));
        assert!(OffsetDateTime::try_from(Timestamp::from_secs(u64::MAX)).is_err());
    }

    #[test]
    fn dates_are_written_as_rfc_3339_does() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_800_000_000, "2027-01-15T08:00:00Z"),
            (951_827_696, "2000-02-29T12:34:56Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (253_402_300_800, "9999-12-31T23:59:59Z"),
            (u64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(Timestamp::from_secs(seconds).to_string(), date);
        }
    }

    #[test]
    fn dates_are_read_as_rfc_3339_writes_them() {
        for (text, seconds) in [
            ("2027-01-15T08:00:00Z", 1_800_000_000),
            ("2027-01-15t09:00:00.999+01:00", 1_800_000_000),
            ("2027-01-14 20:30:00-11:30", 1_800_000_000),
            ("1970-01-01T00:00:00z", 0),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(text.parse(), Ok(Timestamp::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "2027-01-15",
            "2027-01-15T08:00:00",
            "2027-01-15T08:00Z",
            "2027-01-15T08:00:00ZZ",
            "2027-01-15T08:00:00.Z",
            "2027-01-15T08:00:00+0100",
            "2027-01-15T08:00:00+30:00",
            "2027-01-15T08:00:00+01:60",
            "2027-1-15T08:00:00Z",
            "2027-02-29T00:00:00Z",
            "2027-13-01T00:00:00Z",
            "2027-01-01T24:00:00Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "\u{661}027-01-15T08:00:00Z",
            "2027-01-15T08:00:0\u{e9}Z",
        ] {
            let error = text.parse::<Timestamp>().unwrap_err();
            let expected = "write a date as in RFC 3339: 2030-01-31T12:00:00Z";
            assert_eq!(error.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn adding_never_wraps() {
        let end = Timestamp::from_secs(u64::MAX);
        assert_eq!(end + Duration::from_secs(1), end);
        assert_eq!(Timestamp::from_secs(1) + Duration::from_millis(1_999), Timestamp::from_secs(2));
    }
}
