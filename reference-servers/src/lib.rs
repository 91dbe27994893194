//! An authorization server and a protected MCP server that conform, and can be told not to.
