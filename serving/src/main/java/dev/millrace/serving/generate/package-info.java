/** Answers from models that run in this process: tokens in, text out, in a bounded scheduler. */
package dev.millrace.serving.generate;
