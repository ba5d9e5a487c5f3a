// SPDX-License-Identifier: Apache-2.0
package org.platter.dist;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.ToIntFunction;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.wiring.FrameworkWiring;

/** A framework and the bundles in it. Started by one thread, stopped by any. */
final class Platform {
    private static final long STOP_MILLIS = 10_000;

    private record Installed(Part part, Bundle bundle) {}

    private final Cache cache;
    private final Messages messages;
    private final Framework framework;
    private final List<Installed> installed = new ArrayList<>();
    private boolean stopped; // guarded by this

    /** A framework with these properties, not started yet. */
    Platform(Map<String, String> properties, Cache cache, Messages messages) {
        this.cache = cache;
        this.messages = messages;
        properties.put(Constants.FRAMEWORK_STORAGE, cache.folder().toString());
        this.framework = ServiceLoader.load(FrameworkFactory.class)
                .findFirst()
                .orElseThrow()
                .newFramework(properties);
    }

    /** Starts the parts in their order. A plugin that does not start is reported and left out. */
    void start(List<Part> parts) throws BundleException {
        framework.init();
        for (Part part : parts) {
            attempt(part, () -> install(part));
        }
        // JLine finds its terminals through its own class loader, and only where there is no other
        Thread.currentThread().setContextClassLoader(null);
        framework.start();
        // one pass of the resolver for all, not one each
        framework.adapt(FrameworkWiring.class).resolveBundles(null);
        for (Installed one : installed) {
            if (one.part.started()) {
                attempt(one.part, () -> one.bundle.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY));
            }
        }
    }

    /** The shell's entry point: takes the command line, answers the exit status. */
    @SuppressWarnings("unchecked")
    ToIntFunction<String[]> shell() throws BundleException {
        BundleContext context = framework.getBundleContext();
        try {
            ServiceReference<?>[] found =
                    context.getServiceReferences(ToIntFunction.class.getName(), "(platter.main=true)");
            if (found == null) {
                throw new BundleException("the shell did not start");
            }
            return (ToIntFunction<String[]>) context.getService(found[0]);
        } catch (InvalidSyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until somebody stops the framework; true if it ended well. */
    boolean await() throws InterruptedException {
        return framework.waitForStop(0).getType() != FrameworkEvent.ERROR;
    }

    /** Stops the shell alone, so that a running command can cancel while all it needs is still there. */
    void stopShell() {
        installed.stream().filter(one -> one.part.shell()).forEach(Platform::stop);
    }

    /** Stops our bundles and plugins, newest first; the rest has nothing to save and ends with the process. */
    synchronized void stopOurs() {
        if (!stopped) {
            stopped = true;
            List<Installed> newestFirst = new ArrayList<>(installed);
            Collections.reverse(newestFirst);
            newestFirst.stream().filter(one -> one.part.ours()).forEach(Platform::stop);
            cache.delete();
        }
    }

    /** Stops everything, the framework as well. */
    synchronized void stop() {
        stopped = true;
        try {
            framework.stop();
            framework.waitForStop(STOP_MILLIS);
        } catch (BundleException e) {
            messages.debug(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        cache.delete();
    }

    private void install(Part part) throws BundleException {
        BundleContext context = framework.getBundleContext();
        installed.add(new Installed(
                part, context.installBundle("reference:" + part.jar().toUri())));
    }

    private void attempt(Part part, Step step) throws BundleException {
        try {
            step.run();
        } catch (BundleException e) {
            if (!part.plugin()) {
                throw e;
            }
            messages.failed("plugin " + part.jar().getFileName(), e);
        }
    }

    private static void stop(Installed one) {
        try {
            one.bundle.stop(Bundle.STOP_TRANSIENT);
        } catch (BundleException | IllegalStateException e) {
            // it is gone or goes on stopping; either way there is nothing left to do for it
        }
    }

    private interface Step {
        void run() throws BundleException;
    }
}
