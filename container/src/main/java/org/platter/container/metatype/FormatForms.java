// SPDX-License-Identifier: Apache-2.0
package org.platter.container.metatype;

import java.util.HashMap;
import java.util.Hashtable;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ManagedServiceFactory;
import org.osgi.service.component.ComponentFactory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.MetaTypeProvider;
import org.osgi.service.metatype.MetaTypeService;
import org.platter.config.ConfigSchema;
import org.platter.container.declared.DeclaredDisk;
import org.platter.container.declared.FormDisk;
import org.platter.format.FormatBackend;

/**
 * Offers a form for every format that is installed: the factory PID {@code org.platter.disk.FORMAT}, described to
 * consoles with all config keys, each of whose configurations is a declared disk.
 */
@Component(service = {})
public final class FormatForms {
    private static final class Entry {
        final SortedMap<ServiceReference<?>, ConfigSchema> providers = new TreeMap<>();
        FormatForm form;
        ServiceRegistration<?> factory;
        ServiceRegistration<?> description;
    }

    private final BundleContext context;
    private final ComponentFactory<FormDisk> disks;
    private final Map<String, Entry> entries = new HashMap<>(); // guarded by this, by name of the format

    /**
     * Called by the framework. Metatype and Config Admin are not used here; without them there is nobody to show forms
     * to, and no class of this package is loaded.
     */
    @Activate
    public FormatForms(
            BundleContext context,
            @Reference MetaTypeService metatype,
            @Reference ConfigurationAdmin configurations,
            @Reference(target = "(component.factory=" + FormDisk.FACTORY + ")") ComponentFactory<FormDisk> disks) {
        this.context = context;
        this.disks = disks;
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            target = "(platter.format.name=*)")
    synchronized void bindFormat(ServiceReference<FormatBackend> reference, FormatBackend backend) {
        Entry entry = entries.computeIfAbsent(name(reference), key -> new Entry());
        entry.providers.put(reference, backend.schema());
        if (entry.form == null) {
            entry.form = new FormatForm(name(reference), disks);
            entry.factory = register(ManagedServiceFactory.class, entry.form, Constants.SERVICE_PID, entry.form.pid());
        }
        entry.form.show(entry.providers.get(entry.providers.lastKey()));
        if (entry.description == null) {
            entry.description = register(
                    MetaTypeProvider.class,
                    entry.form.description(),
                    MetaTypeProvider.METATYPE_FACTORY_PID,
                    entry.form.pid());
        }
    }

    /** The disks stay, for a format that leaves may come back, and so must whoever is told that they are deleted. */
    synchronized void unbindFormat(ServiceReference<FormatBackend> reference) {
        Entry entry = entries.get(name(reference));
        entry.providers.remove(reference);
        if (entry.providers.isEmpty()) {
            withdraw(entry);
        } else {
            entry.form.show(entry.providers.get(entry.providers.lastKey()));
        }
    }

    private static String name(ServiceReference<?> reference) {
        return String.valueOf(reference.getProperty("platter.format.name"));
    }

    private <S> ServiceRegistration<S> register(Class<S> type, S service, String property, String value) {
        return context.registerService(type, service, new Hashtable<>(Map.of(property, value)));
    }

    @Deactivate
    synchronized void deactivate() {
        for (Entry entry : entries.values()) {
            withdraw(entry);
            entry.factory.unregister();
            entry.form.close();
        }
    }

    private static void withdraw(Entry entry) {
        if (entry.description != null) {
            entry.description.unregister();
            entry.description = null;
        }
    }

    /** The factory PID of a format's form. */
    static String pid(String format) {
        return DeclaredDisk.PID + "." + format;
    }
}
