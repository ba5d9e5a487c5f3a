// SPDX-License-Identifier: Apache-2.0
/**
 * The storage provider for {@code file:}. May use {@code org.platter.error} and {@code org.platter.storage}. Each file
 * has one {@link org.platter.container.storage.SharedFile} in this process, whoever opens it by whatever name. Transfers
 * take no lock; opening, closing and mending take the file's monitor. JNA is optional and loaded when it is first needed.
 */
package org.platter.container.storage;
