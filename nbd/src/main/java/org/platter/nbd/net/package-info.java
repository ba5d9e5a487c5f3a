// SPDX-License-Identifier: Apache-2.0
/**
 * Connections and the memory they take, whatever is spoken on them: one thread that waits for all sockets, replies that
 * any thread hands over, encryption, budgets. Uses the JDK alone.
 */
package org.platter.nbd.net;
