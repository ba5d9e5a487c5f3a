// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.gogo;

import org.apache.felix.service.command.Converter;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** Lets commands of the framework, such as {@code stop} and {@code refresh}, take a bundle's number or symbolic name. */
final class BundleConverter implements Converter {
    private final BundleContext context;

    BundleConverter(BundleContext context) {
        this.context = context;
    }

    @Override
    public Object convert(Class<?> type, Object value) {
        if (type != Bundle.class || value instanceof Bundle) {
            return null;
        }
        String word = value.toString();
        for (Bundle bundle : context.getBundles()) {
            if (word.equals(bundle.getSymbolicName()) || word.equals(Long.toString(bundle.getBundleId()))) {
                return bundle;
            }
        }
        return null;
    }

    @Override
    public CharSequence format(Object value, int level, Converter next) {
        return null;
    }
}
