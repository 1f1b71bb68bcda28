package dev.millrace.serving.extractive;

/**
 * A sentence and how well it answers.
 *
 * @param own part of the question's weight in the sentence itself, 0 to 1
 * @param supported the same with its headings, title and neighbours counted too
 * @param explains how well it says what the question asks to be explained, 0 to 1; 0 for other
 *     questions
 * @param score what candidates are ranked by
 */
record Evidence(Sentence sentence, double own, double supported, double explains, double score) {}
