// SPDX-License-Identifier: Apache-2.0
/**
 * How commands name, open and make images: locations, the options for chains and new images, ranges to the byte. May use
 * the API's client packages and the base of commands. Options serve one command on one thread; values are immutable.
 */
package org.platter.shell.image;
