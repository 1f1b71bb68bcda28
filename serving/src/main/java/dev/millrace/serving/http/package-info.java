/** The HTTP interface: JAX-RS resources that translate between requests and the plain core. */
package dev.millrace.serving.http;
