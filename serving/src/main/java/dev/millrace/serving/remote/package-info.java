/** Answers from another server that speaks OpenAI's protocol. */
package dev.millrace.serving.remote;
