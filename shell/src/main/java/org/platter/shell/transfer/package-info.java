// SPDX-License-Identifier: Apache-2.0
/** Commands that copy, merge, move and relink images. Each command object runs once, on one thread. */
package org.platter.shell.transfer;
