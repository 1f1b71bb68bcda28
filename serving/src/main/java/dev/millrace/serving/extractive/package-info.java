/** Answers without a model: the best sentences of the best passages, quoted and cited. */
package dev.millrace.serving.extractive;
