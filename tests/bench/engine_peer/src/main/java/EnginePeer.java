import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.camunda.bpm.engine.ProcessEngine;
import org.camunda.bpm.engine.ProcessEngineConfiguration;
import org.camunda.bpm.engine.delegate.DelegateExecution;
import org.camunda.bpm.engine.delegate.JavaDelegate;
import org.camunda.bpm.engine.task.Task;
import org.camunda.bpm.model.bpmn.Bpmn;
import org.camunda.bpm.model.bpmn.BpmnModelInstance;

/** The processes of runtime_bench.cc on Camunda 7 with an H2 file; prints name, tab, instances a second. */
public final class EnginePeer {
  private static final long WARM_SECONDS = 5;
  private static final long SECONDS = 10;

  /** The service task's work: nothing. */
  public static final class NoWork implements JavaDelegate {
    @Override
    public void execute(DelegateExecution execution) {}
  }

  private static double rate(int threads, long seconds, Runnable instance) throws InterruptedException {
    AtomicLong done = new AtomicLong();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    long begin = System.nanoTime();
    long until = begin + TimeUnit.SECONDS.toNanos(seconds);
    for (int i = 0; i < threads; ++i) {
      pool.execute(() -> {
        while (System.nanoTime() < until) {
          instance.run();
          done.incrementAndGet();
        }
      });
    }
    pool.shutdown();
    pool.awaitTermination(seconds * 10, TimeUnit.SECONDS);
    return done.get() * 1e9 / (System.nanoTime() - begin);
  }

  private static void measure(String name, int threads, Runnable instance) throws InterruptedException {
    rate(threads, WARM_SECONDS, instance);
    System.out.printf("%s, %d in flight\t%.0f%n", name, threads, rate(threads, SECONDS, instance));
  }

  public static void main(String[] arguments) throws Exception {
    ProcessEngine engine = ProcessEngineConfiguration.createStandaloneProcessEngineConfiguration()
        .setJdbcUrl("jdbc:h2:file:" + arguments[0] + ";DB_CLOSE_DELAY=-1")
        .setJdbcDriver("org.h2.Driver")
        .setJdbcUsername("sa")
        .setJdbcMaxActiveConnections(80)
        .setDatabaseSchemaUpdate(ProcessEngineConfiguration.DB_SCHEMA_UPDATE_TRUE)
        .setJobExecutorActivate(false)
        .buildProcessEngine();
    BpmnModelInstance service = Bpmn.createExecutableProcess("service").camundaHistoryTimeToLive(1)
        .startEvent().serviceTask().camundaClass(NoWork.class).endEvent().done();
    BpmnModelInstance tasks = Bpmn.createExecutableProcess("tasks").camundaHistoryTimeToLive(1)
        .startEvent().parallelGateway("fork").userTask().parallelGateway("join").endEvent()
        .moveToNode("fork").userTask().connectTo("join")
        .moveToNode("fork").userTask().connectTo("join").done();
    engine.getRepositoryService().createDeployment()
        .addModelInstance("service.bpmn", service).addModelInstance("tasks.bpmn", tasks).deploy();
    for (int threads : new int[] {1, 4, 64}) {
      measure("service task", threads, () -> engine.getRuntimeService().startProcessInstanceByKey("service"));
      measure("three user tasks", threads, () -> {
        String instance = engine.getRuntimeService().startProcessInstanceByKey("tasks").getId();
        for (Task task : engine.getTaskService().createTaskQuery().processInstanceId(instance).list()) {
          engine.getTaskService().complete(task.getId());
        }
      });
    }
    engine.close();
  }
}
