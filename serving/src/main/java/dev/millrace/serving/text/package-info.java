/** Words and sentences of texts, as answers are judged by them. */
package dev.millrace.serving.text;
