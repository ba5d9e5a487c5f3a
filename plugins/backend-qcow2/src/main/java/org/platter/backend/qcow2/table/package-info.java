// SPDX-License-Identifier: Apache-2.0
/**
 * The tables of an open image in bounded memory, what is in use of its file, and the order in which changes reach it.
 * May use the package {@code layout} and the api bundle. Reading the map is for any thread and takes no lock.
 */
package org.platter.backend.qcow2.table;
