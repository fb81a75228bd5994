//! Flash messages: pushed in one response, shown in the next, then gone.
//!
//! They travel in a separate cookie, so that they neither fill nor race the visitor's session.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::claims::Timeouts;
use crate::error::SessionError;
use crate::session::SessionSlot;
use crate::session_cookie::SessionCookieBuilder;
use crate::site::Site;
use crate::time::MINUTE;

const TEN_MINUTES: Duration = MINUTE.saturating_mul(10);

/// Messages waiting for the next page. [`Application::flash`](crate::Application::flash) makes their cookie; install it like any
/// other session.
///
/// ```
/// use hardtack::flash::{Flash, FlashLevel, FlashMessage};
/// use hardtack::{Application, Key, SessionError, SessionSlot};
///
/// fn save(flash: SessionSlot<Flash>) -> Result<(), SessionError> {
///     flash.push(FlashLevel::Success, "your address was saved")
///     // and a redirect to a page
/// }
///
/// fn page(flash: SessionSlot<Flash>) -> Result<String, SessionError> {
///     let line = |message: &FlashMessage| format!("<p class={}>{}</p>", message.level, escape(&message.text));
///     Ok(flash.take()?.iter().map(line).collect())
/// }
///
/// let cookie = Application::new("shop", Key::generate()?)?.flash().build()?; // `__Host-shop~flash`
/// // axum: .layer(SessionLayer::new(cookie)); actix-web: .wrap(SessionMiddleware::new(cookie)); Rocket: .attach(SessionFairing::new(cookie))
/// # fn escape(text: &str) -> &str { text }
/// # let slot = cookie.slot([""]);
/// # save(slot.clone())?;
/// # assert_eq!(page(slot)?, "<p class=success>your address was saved</p>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// - Messages wait ten minutes after the last one was pushed, then they are dropped.
/// - A response with a server error (5xx) changes nothing: the messages it took keep waiting, and those it pushed are dropped.
/// - With two tabs, the page that loads first shows the messages, even if the browser only prefetches it (`Sec-Purpose:
///   prefetch`). If two responses push at once, the browser keeps only the later cookie and loses the other's messages. Do not
///   use a flash message for anything that must not get lost.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Flash(Vec<FlashMessage>);

/// One message for the visitor.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlashMessage {
    /// How to show it.
    pub level: FlashLevel,
    /// Its text. Escape it like any other text when you put it into a page.
    pub text: String,
}

/// The kind of a message. `Display` prints it in lower case, to use as a CSS class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum FlashLevel {
    /// Something to know.
    Info,
    /// Something went well.
    Success,
    /// Something needs attention.
    Warning,
    /// Something went wrong.
    Error,
}

impl Flash {
    /// Settings for the application's flash cookie.
    pub(crate) fn builder(site: Arc<Site>) -> SessionCookieBuilder<Self> {
        SessionCookieBuilder::new(site, "flash")
            .timeouts(Timeouts { idle: TEN_MINUTES, absolute: TEN_MINUTES })
            .remember_me(None)
            // Browsers drop messages that nobody came back to read.
            .persistent()
            .removed_when(|flash: &Self| flash.0.is_empty())
    }

    /// Returns the waiting messages, oldest first. To look at them without taking them, call `slot.get()`.
    pub fn messages(&self) -> &[FlashMessage] {
        &self.0
    }
}

impl SessionSlot<Flash> {
    /// Shows `text` on the next page.
    ///
    /// # Errors
    /// [`SessionError::TooLarge`] if the message does not fit beside those that wait already, which all stay;
    /// [`SessionError::HeadSent`]; and those of [`start`](Self::start).
    pub fn push(&self, level: FlashLevel, text: impl Into<String>) -> Result<(), SessionError> {
        let message = FlashMessage { level, text: text.into() };
        self.update_or_start(true, |flash| flash.0.push(message.clone()))?;
        // Restart the ten minutes, for all waiting messages.
        loop {
            let Some(mut flash) = self.get() else { return Ok(()) };
            if flash.claims().issued() <= flash.claims().created() {
                return Ok(());
            }
            match flash.restart() {
                // Another task of this request was faster: try again.
                Err(SessionError::Conflict | SessionError::Ended) => {}
                done => return done,
            }
        }
    }

    /// Takes the waiting messages, oldest first. They are gone once this response is sent, unless it is a server error.
    ///
    /// # Errors
    /// [`SessionError::HeadSent`] if messages wait but can no longer be removed from the browser.
    pub fn take(&self) -> Result<Vec<FlashMessage>, SessionError> {
        match self.get() {
            Some(_) => self.update_or_start(true, |flash| std::mem::take(&mut flash.0)),
            None => Ok(Vec::new()),
        }
    }
}

impl FlashLevel {
    /// Returns `info`, `success`, `warning` or `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for FlashLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Omits the texts.
impl fmt::Debug for Flash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

/// Omits the text.
impl fmt::Debug for FlashMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlashMessage").field("level", &self.level).finish_non_exhaustive()
    }
}
