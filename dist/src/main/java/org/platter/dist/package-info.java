// SPDX-License-Identifier: Apache-2.0
/**
 * The launcher of the runnable product: starts an OSGi framework with the bundles of its folder, hands the command line
 * to the shell and ends the process with the shell's exit status. May use the framework's API only; it sees no other
 * module of Platter, just the service that the shell registers.
 */
package org.platter.dist;
