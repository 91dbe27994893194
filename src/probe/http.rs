//! Requests over plain HTTP, from their templates.

use std::borrow::Borrow;

use crate::model::exchange::{Exchange, Request};
use crate::model::probe::Shape;
use crate::model::recording::NotSent;
use crate::template::Known;

/// The request that `shape` describes, or why a hole in it cannot be filled.
pub fn request<E: Borrow<Exchange>, F: Fn(&str) -> Result<E, NotSent>>(
    shape: Shape<'_>,
    known: &Known<'_, F>,
) -> Result<Request, NotSent> {
    let url = known.render(shape.url())?;
    let Shape::Http(http) = shape else { return Ok(Request::get(url)) };
    let headers = http.headers.iter().map(|(name, value)| Ok((name.clone(), known.render(&value.value)?)));
    let headers = headers.collect::<Result<_, NotSent>>()?;
    Ok(Request { method: http.method.clone(), url, headers, body: http.body.clone() })
}
