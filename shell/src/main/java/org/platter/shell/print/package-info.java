// SPDX-License-Identifier: Apache-2.0
/**
 * How results leave the shell: as text for people, as JSON for programs, as raw bytes. Results are records; their
 * components name the JSON keys. May use the API's values. Each object serves one command on one thread.
 */
package org.platter.shell.print;
