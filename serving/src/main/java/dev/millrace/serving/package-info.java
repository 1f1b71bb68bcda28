/**
 * Chat endpoint and search: questions in, cited answers out. The core is plain Java; only the
 * package {@code http} knows the container.
 */
package dev.millrace.serving;
