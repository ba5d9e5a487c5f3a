// SPDX-License-Identifier: Apache-2.0
/** Gogo commands of scope {@code disk} and the entry point of the launcher. Finds the container as a service. */
package org.platter.shell;
