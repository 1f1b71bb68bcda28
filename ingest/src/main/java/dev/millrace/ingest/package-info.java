/** Documents into the log: the library that checks, sends and accounts for every one of them. */
package dev.millrace.ingest;
