/** From bytes of any format to blocks of text, within limits of size, depth and time. */
package dev.millrace.preprocess.parse;
