// SPDX-License-Identifier: Apache-2.0
package org.platter.container.declared;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.platter.container.FormatRegistry;
import org.platter.container.PlatterDiskManager;
import org.platter.container.format.FormatProvider;
import org.platter.disk.Declared;
import org.platter.disk.DiskOptions;
import org.platter.disk.OpenFlag;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;

/**
 * A disk that a configuration declares: attached when it can be opened as it is declared, detached when the configuration
 * is removed. Registered as a {@link VirtualDisk} service with the property {@value #NAME}. Other properties of the form
 * {@code config.KEY} are config keys of the format; {@code export} and {@code export.KEY} become service properties with
 * {@code platter.} in front, by which an exporter sees where and how to offer the disk.
 *
 * <p>Rule of waiting: a disk that cannot be opened for writing is not attached for reading instead, unless that is what
 * the configuration says: a machine that finds its disk read-only is worse off than one that finds it a little later. It is
 * tried again whenever a format or a storage arrives, and every few seconds, for a lock or a missing file tell nobody
 * when they are gone. Who waits longer than {@value #PATIENCE_SECONDS} seconds is worth a warning, once a reason.
 *
 * <p>Rule of locking: {@code lock} is held while the disk is opened or closed, so the two never overlap; the state that is
 * shown is kept beside, so that who asks waits for neither.
 */
@Component(
        service = {},
        configurationPid = DeclaredDisk.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = DiskForm.class, factory = true)
public class DeclaredDisk implements FormatRegistry.Watcher, PlatterDiskManager.Declaration {
    /** The factory PID. */
    public static final String PID = "org.platter.disk";

    /** The service property that holds the disk's name. */
    public static final String NAME = "platter.disk.name";

    private static final Logger LOG = System.getLogger(DeclaredDisk.class.getName());
    private static final int PATIENCE_SECONDS = 10;
    private static final int RETRY_SECONDS = 2;

    private final BundleContext context;
    private final PlatterDiskManager manager;
    private final Object lock = new Object();

    private volatile DiskSettings settings; // changes with lock held
    private volatile Declared state;
    private VirtualDisk disk; // guarded by lock
    private ServiceRegistration<VirtualDisk> registration; // guarded by lock
    private long since = System.nanoTime(); // guarded by lock: waiting
    private String warned = ""; // guarded by lock: the reason that was told
    private boolean retrying; // guarded by lock: the next attempt is on its way
    private boolean ended; // guarded by lock

    /** Called by the framework. */
    @Activate
    public DeclaredDisk(BundleContext context, @Reference PlatterDiskManager manager, Map<String, Object> properties) {
        this.context = context;
        this.manager = manager;
        settings = DiskSettings.of(properties);
        accept();
        manager.registry().watch(this);
        manager.declare(this);
        later();
    }

    @Override
    public Declared state() {
        return state;
    }

    private void show(Declared.State now, String reason) {
        state = new Declared(
                settings.name(), settings.location(), now, Optional.of(reason).filter(text -> !text.isEmpty()));
    }

    /** Tells what is wrong with the settings, in a line each. */
    private void accept() {
        settings.unknown().forEach(this::warn);
        if (settings.request().isEmpty()) {
            show(Declared.State.FAILED, settings.fault());
            warn("is not attached: " + settings.fault());
        } else {
            show(Declared.State.WAITING, "it is being opened");
        }
    }

    private void warn(String what) {
        LOG.log(Level.WARNING, () -> "disk " + settings.name() + ": " + what);
    }

    /** Only what has changed is changed: a disk whose image stays the same stays attached. */
    @Modified
    void modified(Map<String, Object> properties) {
        synchronized (lock) {
            DiskSettings before = settings;
            settings = DiskSettings.of(properties);
            if (disk != null && settings.sameDisk(before)) {
                manager.swapTimeout(disk, settings.swapTimeout());
                settings.unknown().forEach(this::warn);
                return;
            }
            detach();
            since = System.nanoTime();
            warned = "";
            accept();
        }
        later();
    }

    @Override
    public void arrived(FormatProvider format) {
        later();
    }

    @Override
    public void opens(String scheme) {
        later();
    }

    @Override
    public void left(FormatProvider format) {
        // open images are the business of the swap
    }

    private void later() {
        manager.requestThreads().execute(this::attach);
    }

    private void attach() {
        synchronized (lock) {
            if (ended || disk != null || state.state() != Declared.State.WAITING) {
                return;
            }
            VirtualDisk fresh = manager.newDisk(
                    DiskOptions.DEFAULT.withName(settings.name()).withSwapTimeout(settings.swapTimeout()));
            try {
                open(fresh);
            } catch (DiskException e) {
                close(fresh);
                waits(e.getMessage());
                return;
            }
            disk = fresh;
            show(Declared.State.ATTACHED, "");
            Dictionary<String, Object> properties = new Hashtable<>();
            properties.put(NAME, settings.name());
            settings.exports().forEach(properties::put);
            registration = context.registerService(VirtualDisk.class, fresh, properties);
            LOG.log(Level.INFO, () -> "disk " + settings.name() + " is attached");
        }
    }

    private void open(VirtualDisk fresh) throws DiskException {
        fresh.openChain(settings.request().orElseThrow());
        Optional<String> refusal = settings.request().orElseThrow().flags().contains(OpenFlag.READ_ONLY)
                ? Optional.empty()
                : manager.refusal(fresh);
        if (refusal.isPresent()) {
            throw new DiskException(
                    org.platter.error.ErrorCode.READ_ONLY,
                    refusal.get() + "; it waits until it can be written, flags = read-only attaches it for reading");
        }
    }

    private void waits(String reason) {
        show(Declared.State.WAITING, reason);
        boolean late = System.nanoTime() - since > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        if (late && !warned.equals(reason)) {
            warned = reason;
            warn("waits: " + reason);
        }
        if (!retrying) {
            retrying = true;
            CompletableFuture.delayedExecutor(RETRY_SECONDS, TimeUnit.SECONDS, manager.requestThreads())
                    .execute(this::retry);
        }
    }

    /** One attempt at a time is on its way, however often something arrives meanwhile. */
    private void retry() {
        synchronized (lock) {
            retrying = false;
        }
        attach();
    }

    /** Somebody else closes the disk: then it stays closed until its configuration is stored again. */
    @Override
    public void closing(VirtualDisk leaving) {
        manager.requestThreads().execute(() -> {
            synchronized (lock) {
                if (disk == leaving && !ended) {
                    unregister();
                    disk = null;
                    show(Declared.State.CLOSED, "somebody has closed it; store its configuration again to attach it");
                }
            }
        });
    }

    @Deactivate
    void deactivate() {
        manager.registry().unwatch(this);
        manager.withdraw(this);
        synchronized (lock) {
            ended = true;
            detach();
        }
    }

    private void detach() {
        if (disk != null) {
            VirtualDisk leaving = disk;
            disk = null;
            unregister();
            close(leaving);
        }
    }

    private void unregister() {
        try {
            registration.unregister();
        } catch (IllegalStateException e) {
            // the framework was faster
        }
    }

    private void close(VirtualDisk leaving) {
        try {
            leaving.close();
        } catch (DiskException e) {
            warn(e.getMessage());
        }
    }
}
