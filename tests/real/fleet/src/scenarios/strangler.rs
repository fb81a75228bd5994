//! Users of another site's server move to this one under load, path by path.

use std::thread::sleep;
use std::time::Duration;

use hardtack::Timestamp;

use super::demand;
use crate::client::LONGEST_PAUSE;
use crate::crowd::{Crowd, Size};
use crate::line::Browser;
use crate::strangler::{Move, Stage};
use crate::{Error, old};

const BUSY: Size = Size { busy: 60, loyal: 0, slow: 0 };
/// Their sessions live through all of it, the cut-off too.
const FAITHFUL: Size = Size { busy: 0, loyal: 30, slow: 30 };
const LOYAL: Size = Size { busy: 0, loyal: 30, slow: 0 };

/// From the start to the cut-off.
const LASTS: Duration = Duration::from_secs(16);
/// How long a stage lasts.
const STAGE: Duration = Duration::from_millis(2500);

const NOBODY: (u16, &str) = (401, "");

pub fn path_by_path() -> Result<(), Error> {
    let mut site = Move::start(old::KEY, LASTS)?;
    let busy = Crowd::roaming(site.door, BUSY)?;
    let faithful = Crowd::roaming(site.door, FAITHFUL)?;
    let mut early = logged_in(&site, 71)?;
    let mut late = logged_in(&site, 72)?;
    let mut leaver = logged_in(&site, 73)?;
    let mut copy = Browser::new(site.door)?;
    copy.line.cookies.clone_from(&early.line.cookies);
    sleep(STAGE);

    site.enter(Stage::SideBySide)?;
    demand("who comes to the new server is moved", answers(&mut early, "/count", (200, "71 1"))?)?;
    let both = early.line.cookies.len() == 2 && answers(&mut early, "/user", (200, "71"))?;
    demand("and stays logged in at the old one", both)?;
    leaver.ask("DELETE", "/session")?;
    let left = leaver.line.cookies.is_empty() && answers(&mut leaver, "/user", NOBODY)?;
    demand("a log-out at the new one is one at both", left)?;
    sleep(STAGE);

    site.enter(Stage::After)?;
    site.stop_old();
    let is_late = answers(&mut late, "/count", (200, "72 1"))?;
    demand("who comes after the switch-over is moved", is_late)?;
    demand("who came before is there", answers(&mut early, "/count", (200, "71 1"))?)?;
    sleep(STAGE);
    let busy = busy.stop();
    let is_read = answers(&mut copy, "/count", (200, "71 1"))?;
    demand("all this before the cut-off", is_read && Timestamp::now() < site.until)?;

    let mut stays = true;
    while Timestamp::now() <= site.until {
        stays &= answers(&mut early, "/count", (200, "71 1"))?;
        sleep(Duration::from_millis(500));
    }
    copy.line.cookies.retain(|name, _| name == old::COOKIE);
    demand("an old cookie is nobody from then on", answers(&mut copy, "/count", NOBODY)?)?;
    stays &= answers(&mut early, "/count", (200, "71 1"))?;
    demand("who has moved is still logged in", stays)?;
    // Until everybody has come back once more.
    sleep(LONGEST_PAUSE);
    let key = early.line.key().ok_or("no cookie")?;
    let faithful = faithful.stop();
    for (tally, who) in [(&busy, "busy clients"), (&faithful, "clients that never log out")] {
        println!("  {who}:\n{tally}");
        demand("no session lost, none mixed up, none logged out", tally.lost.get() == 0)?;
        demand("no 5xx, no request without an answer", tally.no_harm())?;
        demand("users moved", tally.moved_to(&key) > 0)?;
    }
    let all = FAITHFUL.faithful();
    let lived = faithful.lives(old::SITE, &key) == all && faithful.survivors() == all;
    demand("every session that nobody ended came from the old server and is there", lived)?;
    demand("each moved once", faithful.moved_to(&key) == all)?;
    demand("users logged out", busy.log_outs.get() > 0)?;
    demand("no old cookie was refused", site.events(&["old session cookie refused"])? == 0)
}

pub fn with_the_wrong_key() -> Result<(), Error> {
    let site = Move::start(old::OTHER_KEY, LASTS)?;
    let crowd = Crowd::roaming(site.door, LOYAL)?;
    sleep(Duration::from_secs(2));
    demand("no session is lost before the move", crowd.tally.lost.get() == 0)?;
    site.enter(Stage::SideBySide)?;
    sleep(Duration::from_secs(2));
    let refused = site.events(&["old session cookie refused", "not authentic"])?;
    let tally = crowd.stop();
    print!("{tally}");
    let (lost, started) = (tally.lost.get(), tally.log_ins.get());
    // Those who have logged in again and were not at the new server since.
    let waiting = tally.lives(old::SITE, old::SITE);
    println!("  {lost} sessions lost of {started} that were started");
    let lives = tally.survivors() - waiting;
    let every = lives == 0 && lost >= LOYAL.faithful() && lost + waiting == started;
    demand("every session is lost that comes to the new server", every)?;
    demand("a refusal says why", refused > 0)?;
    demand("nothing else goes wrong, and the old cookies stay", tally.no_harm())
}

/// A browser in which this user has logged in at the old server, and written once.
fn logged_in(site: &Move, user: u64) -> Result<Browser, Error> {
    let mut browser = Browser::new(site.door)?;
    browser.ask("PUT", &format!("/session/{user}"))?;
    browser.ask("PUT", "/count/1")?;
    Ok(browser)
}

fn answers(browser: &mut Browser, path: &str, (status, body): (u16, &str)) -> Result<bool, Error> {
    let answer = browser.ask("GET", path)?;
    Ok(answer.0 == status && (answer.1 == body || status != 200))
}
