//! Which scope a request needs.

use crate::edit::Asked;

pub(super) const TOOLS: &str = "mcp:tools";
pub(super) const ADMIN: &str = "mcp:admin";

/// One tool needs more than the others.
pub(super) fn scope(asked: &Asked) -> &'static str {
    match (asked.rpc.as_deref(), asked.tool.as_deref()) {
        (Some("tools/call"), Some("admin_reset")) => ADMIN,
        _ => TOOLS,
    }
}

/// Whether `granted` is enough; mcp:admin includes mcp:tools.
pub(super) fn is_met(needed: &str, granted: &str, hierarchy: bool) -> bool {
    granted.split(' ').any(|scope| scope == needed || hierarchy && scope == ADMIN && needed == TOOLS)
}
