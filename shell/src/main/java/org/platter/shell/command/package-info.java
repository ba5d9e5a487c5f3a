// SPDX-License-Identifier: Apache-2.0
/**
 * What every command is made of: its base class and what surrounds it while it runs. May use the API's client packages
 * and the shell's options and printing. A command object runs once, on one thread; open disks and cancellation are
 * shared by all.
 */
package org.platter.shell.command;
