/** From cleaned text to chunks with exact ranges, stable under small edits. */
package dev.millrace.preprocess.chunk;
