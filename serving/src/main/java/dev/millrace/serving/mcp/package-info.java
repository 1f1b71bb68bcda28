/** The Model Context Protocol: search, ask, push_document and lag as tools of other programs. */
package dev.millrace.serving.mcp;
