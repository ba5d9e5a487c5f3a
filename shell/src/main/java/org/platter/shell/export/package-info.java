// SPDX-License-Identifier: Apache-2.0
/**
 * Commands that offer disks to other programs. May use the API's client and export packages and the shell's command,
 * option and print packages. A command object runs once, on one thread.
 */
package org.platter.shell.export;
