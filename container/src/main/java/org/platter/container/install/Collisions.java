// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import java.io.InputStream;
import java.util.Collection;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.hooks.bundle.CollisionHook;

/**
 * Lets a bundle stand beside another of the same name and version while one replaces the other: frameworks refuse that
 * unless such a hook says that it is meant. Only for what this thread installs, only while it does.
 */
final class Collisions implements CollisionHook {
    private final Thread installing = Thread.currentThread();

    private Collisions() {}

    static Bundle install(BundleContext context, String location, InputStream jar) throws BundleException {
        ServiceRegistration<CollisionHook> hook = context.registerService(CollisionHook.class, new Collisions(), null);
        try {
            return context.installBundle(location, jar);
        } finally {
            hook.unregister();
        }
    }

    @Override
    public void filterCollisions(int operation, Bundle target, Collection<Bundle> candidates) {
        if (operation == INSTALLING && Thread.currentThread() == installing) {
            candidates.clear();
        }
    }
}
