/** What readers think of answers, on its way to the log. */
package dev.millrace.serving.feedback;
