/** The one runnable: a Quarkus application that starts the stages named by {@code --target}. */
package dev.millrace.app;
