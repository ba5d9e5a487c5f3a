// SPDX-License-Identifier: Apache-2.0
/**
 * What is spoken on a connection: first the client and the server agree, then requests are answered. May use
 * {@code org.platter.nbd.protocol}, {@code org.platter.nbd.net} and {@code org.platter.nbd.disk}. Input is handled on
 * the loop's thread, answers come from any.
 */
package org.platter.nbd.session;
