/** Documents over HTTP: in, out, and what has become of them. */
package dev.millrace.app.documents;
