/** Backends that answer, and what carries their answers. */
package dev.millrace.serving.chat;
