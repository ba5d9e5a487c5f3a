// SPDX-License-Identifier: Apache-2.0
/** Components of the container: backend registry and disk manager. The only package here that knows OSGi. */
package org.platter.container;
