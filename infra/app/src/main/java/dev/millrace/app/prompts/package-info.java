/** Prompts over HTTP: one, an array, or lines. */
package dev.millrace.app.prompts;
