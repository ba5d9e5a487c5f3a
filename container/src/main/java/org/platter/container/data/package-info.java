// SPDX-License-Identifier: Apache-2.0
/**
 * The data path: what a stack of images reads as, writing with copy-on-write, range locks. May use {@code image} and the
 * API. Used by who is inside a disk; takes range locks, never the gate.
 */
package org.platter.container.data;
