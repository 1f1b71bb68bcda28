/** The first stage of the document stream: documents in, chunk lists out. */
package dev.millrace.preprocess;
