/** What a generating backend is given of the documents, and what becomes of its citations. */
package dev.millrace.serving.grounding;
