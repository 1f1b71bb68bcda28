/** What the application adds to the tools that serving offers to other programs. */
package dev.millrace.app.tools;
