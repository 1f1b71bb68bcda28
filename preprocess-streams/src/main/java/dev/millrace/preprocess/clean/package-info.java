/** From parsed blocks to one cleaned text, or a rejection by rule. */
package dev.millrace.preprocess.clean;
