/** What a document is between parsing and chunking, and why one may be rejected. */
package dev.millrace.preprocess.document;
