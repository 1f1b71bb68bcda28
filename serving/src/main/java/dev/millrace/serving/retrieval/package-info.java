/** From a question to passages, as a pipeline of named, timed steps. */
package dev.millrace.serving.retrieval;
